/** The most bytes that are given, so that a test ends although they are read. */
const MOST = 50_000_000

/** Responses whose bodies do not end, and the number of bytes that were read of all of them. */
export function endlessResponses() {
  let read = 0
  const pull = (stream: ReadableStreamDefaultController<Uint8Array>): void => {
    read += 100_000
    if (read > MOST) stream.close()
    else stream.enqueue(new Uint8Array(100_000).fill(32))
  }
  return { respond: () => new Response(new ReadableStream({ pull })), bytesRead: () => read }
}
