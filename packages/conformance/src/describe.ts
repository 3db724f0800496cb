import type { HttpRequest, HttpResponse } from './http.ts'

const secretParameter =
  /(^|[?&\s])((?:client_secret|device_code|user_code|token|access_token|refresh_token|password|client_assertion|handle)(?:%5B[^=]*)?)=[^&\s]+/gi
const secretMember =
  /("(?:device_code|user_code|access_token|refresh_token|id_token|verification_uri_complete)"\s*:\s*)"[^"]*"/g

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}… (${text.length} characters)` : text
}

/** Replaces the secrets in a URL, a form or a JSON text by `[redacted]`. */
export function redact(text: string): string {
  return text.replace(secretParameter, '$1$2=[redacted]').replace(secretMember, '$1"[redacted]"')
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').trim()
}

/** A request in one line, without secrets: `POST /token grant_type=…&device_code=[redacted]`. */
export function describeRequest(request: HttpRequest): string {
  const url = new URL(request.url)
  const headers = (request.headers ?? [])
    .filter(([name, value]) => !/^content-type$/i.test(name) || value !== 'application/x-www-form-urlencoded')
    .map(
      ([name, value]) =>
        `[${name}: ${/^(authorization|cookie|dpop)$/i.test(name) ? `${value.split(' ')[0]} …` : cut(printable(value), 60)}]`,
    )
  const body =
    request.body === undefined
      ? ''
      : typeof request.body === 'string'
        ? redact(request.body)
        : `(${request.body.length} bytes)`
  return [request.method, redact(url.pathname + url.search), ...headers, cut(printable(body), 200)]
    .filter((part) => part !== '')
    .join(' ')
}

/** A response in one line, without secrets: `500 text/html <!DOCTYPE …`. */
export function describeResponse(response: HttpResponse): string {
  const type = response.headers.get('content-type')?.split(';')[0] ?? 'no content type'
  const text = cut(printable(redact(response.text)), 160)
  return `${response.status} ${type}${text === '' ? ', empty' : ` ${text}`}`
}
