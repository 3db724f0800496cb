/** The parts that both scripts share: base64url, and a form that is sent again when the field has its proof. */
const shared = `
const field = document.getElementById('proof')
const failure = document.getElementById('proof-failure')
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/[+]/g, '-').replace(/[/]/g, '_').replace(/=+$/, '')
const listed = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }))
const sendWith = (action, prove) => {
  let waiting = false
  addEventListener('pageshow', () => { field.value = '' })
  field.form.addEventListener('submit', async (event) => {
    const button = event.submitter
    if (button === null || button.value !== action || field.value !== '') return
    event.preventDefault()
    if (waiting) return
    waiting = true
    failure.hidden = true
    try {
      const { id, type, response } = await prove(JSON.parse(field.dataset.options))
      field.value = JSON.stringify({ id, rawId: id, type, response, clientExtensionResults: {} })
      field.form.requestSubmit(button)
    } catch {
      failure.hidden = false
    }
    waiting = false
  })
}`

/** The script of the confirm page: asks for a passkey when the user approves, and puts its assertion into the form. */
export const assertionScript = `(() => {${shared}
sendWith('approve', async (options) => {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) }
  const { id, type, response } = await navigator.credentials.get({ publicKey })
  return {
    id,
    type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
    },
  }
})
})()`

/** The script of the page of devices: makes a passkey, and puts its public key into the form. */
export const registrationScript = `(() => {${shared}
sendWith('addProof', async (options) => {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: listed(options.excludeCredentials),
  }
  const { id, type, response } = await navigator.credentials.create({ publicKey })
  return {
    id,
    type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  }
})
})()`
