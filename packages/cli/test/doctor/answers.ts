import type { Finding } from '../../src/doctor/finding.ts'
import type { RecordedAnswer } from '../../src/doctor/recording.ts'

export const issuer = 'https://as.example.com/t'
const json = { 'content-type': 'application/json', 'cache-control': 'no-store' }
/** An answer with status 200, as the doctor records it. */
export const answer = (members: object, more: Partial<RecordedAnswer> = {}): RecordedAnswer => ({
  url: 'https://as.example.com/.well-known/oauth-authorization-server/t',
  status: 200,
  headers: new Headers(json),
  members: members as Record<string, unknown>,
  ...more,
})
/** The warnings and problems among findings, as `level: text`. */
export const deviations = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ level }) => level !== 'ok').map(({ level, text }) => `${level}: ${text}`)
