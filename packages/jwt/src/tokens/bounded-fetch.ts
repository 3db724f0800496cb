/** Bytes; keys and metadata take some thousand. */
const MOST = 262_144

/** A `fetch` that rejects when a success is larger than 256 KiB. `jose`, and `json()` of a response, read one of any size into memory. */
export function boundedFetch(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init)
    // an injected fetch may have no body
    if (!response.ok || !response.body) return response
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body) {
      size += chunk.byteLength
      if (size > MOST) throw new Error(`An answer of the issuer is larger than ${MOST} bytes.`)
      chunks.push(chunk)
    }
    return new Response(Buffer.concat(chunks), { status: response.status, headers: response.headers })
  }
}
