/** The most characters of an id that is an address: it is kept with every request and token. */
const MAX_LENGTH = 512

/**
 * True for a client id that can be the address of a metadata document: https, in its only spelling, with a path, and without a fragment, a
 * name and a password. Other spellings, such as `..` in the path or capitals in the host, would be a second id of one client.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-02#section-3 Client ID Metadata Document, draft 02, section 3}
 */
export function isClientIdUrl(clientId: string): boolean {
  if (!clientId.startsWith('https://') || clientId.length > MAX_LENGTH || !URL.canParse(clientId)) return false
  const { href, username, password } = new URL(clientId)
  return href === clientId && !clientId.includes('#') && username === '' && password === ''
}
