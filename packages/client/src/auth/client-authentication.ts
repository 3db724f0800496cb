/** A request while it is made; an authentication adds to it. */
export interface RequestDraft {
  /** The endpoint. */
  readonly address: string
  readonly clientId: string
  readonly form: URLSearchParams
  readonly headers: Record<string, string>
}

/**
 * Adds who the client is to a request: {@link none}, {@link clientSecretBasic}, {@link clientSecretPost}, {@link privateKeyJwt},
 * {@link tlsClientAuth}, or a function of yours.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3
 */
export type ClientAuthentication = (draft: RequestDraft) => void | Promise<void>

/** A public client, with its id alone: the default. */
export function none(): ClientAuthentication {
  return ({ form, clientId }) => form.set('client_id', clientId)
}

/** The client's certificate says who it is; the injected `fetch` presents it (RFC 8705). */
export function tlsClientAuth(): ClientAuthentication {
  return none()
}

/** The secret in the form. */
export function clientSecretPost(clientSecret: string): ClientAuthentication {
  checkSecret(clientSecret)
  return ({ form, clientId }) => {
    form.set('client_id', clientId)
    form.set('client_secret', clientSecret)
  }
}

/**
 * The secret in the Authorization header, with id and secret form-encoded first.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 */
export function clientSecretBasic(clientSecret: string): ClientAuthentication {
  checkSecret(clientSecret)
  return ({ form, headers, clientId }) => {
    // some servers look for it in the form of the device authorization request, whoever is in the header
    form.set('client_id', clientId)
    headers.authorization = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

// 'undefined' in a template, or an unset variable, is a public client that was meant
function checkSecret(clientSecret: unknown): void {
  if (typeof clientSecret !== 'string' || clientSecret === '') {
    throw new TypeError('A client secret is a non-empty text; a client without one uses none().')
  }
}
