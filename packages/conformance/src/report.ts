import type { ConformanceReport, ConformanceResult } from './run.ts'

const marks = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' } as const

function line(result: ConformanceResult, width: number): string {
  const head = `${marks[result.status]}  ${result.id.padEnd(width)}  ${result.level.padEnd(11)}  ${result.title}`
  if (result.message === '') return head
  const indent = ' '.repeat(width + 21)
  return `${head}\n${result.message
    .split('\n')
    .map((text) => `${indent}${text.trim()}`)
    .join('\n')}`
}

/** The report as plain text: one line for each case, and below it the expectation and the response if the case failed. */
export function formatReport(report: ConformanceReport): string {
  const width = Math.max(0, ...report.results.map(({ id }) => id.length))
  const total = `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`
  return [
    `${report.issuer} (profile ${report.profile}): ${total}`,
    '',
    ...report.results.map((result) => line(result, width)),
    '',
    total,
  ].join('\n')
}
