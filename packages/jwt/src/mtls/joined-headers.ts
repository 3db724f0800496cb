/**
 * True for several headers that Node has joined by a comma, which is in no certificate. A proxy that adds its header beside the one that
 * the client has sent makes such a text, and the first certificate in it is that of the client's choice.
 */
export function isJoined(text: string): boolean {
  return text.includes(',')
}
