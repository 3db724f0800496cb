/** Refused redemptions in a row, after which it is unlikely that each of these devices went away. */
const ENOUGH = 3

/**
 * Watches that the `signal` of requests ends with their connection. Some servers end it as soon as the body is read: then every device
 * seems to have gone away before its tokens are made, and all of them wait until their codes expire.
 *
 * @returns A function to call with what the signal says each time before tokens are made. It warns once, as a warning of the process with
 *   the name `DeviceAuthWarning`, if the signal has ended each of the first times.
 */
export function watchSignal(): (isAborted: boolean) => void {
  let inRow = 0
  let known = false
  return (isAborted) => {
    if (known) return
    inRow++
    known = !isAborted || inRow === ENOUGH
    if (isAborted && known) process.emitWarning(warning, 'DeviceAuthWarning')
  }
}

const warning =
  `The first ${ENOUGH} requests that should have got tokens were not given any, because the \`signal\` of their Request said that the ` +
  'client had closed the connection. If no device gets tokens, your server ends this signal as soon as it has read the body, as Nitro ' +
  '3.0 does. Pass a Request to the handler whose signal ends with the connection: new Request(request, { signal }).'
