import type { Client } from '../protocol.ts'

/** True if the client may authenticate by this method. `none` stands for a public client. */
export function isRegisteredFor(client: Client, method: string): boolean {
  const { token_endpoint_auth_methods: methods, token_endpoint_auth_method: registered = 'client_secret_basic' } =
    client
  // in a string, `includes` would find a part of a name
  return Array.isArray(methods) ? methods.includes(method) : method === registered
}

/**
 * True if the client may ask for codes by its id alone.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
 */
export function mayAskWithoutSecret(client: Client): boolean {
  return client.device_authorization_endpoint_auth_method === 'none' || isRegisteredFor(client, 'none')
}
