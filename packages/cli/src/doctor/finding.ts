/** One line of a diagnosis. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem'
  readonly text: string
  /** Where it is written. */
  readonly reference?: string
}

export function ok(text: string, reference?: string): Finding {
  return finding('ok', text, reference)
}

/** A deviation that clients can live with. */
export function warning(text: string, reference?: string): Finding {
  return finding('warning', text, reference)
}

/** A deviation that breaks clients or their users' safety. */
export function problem(text: string, reference?: string): Finding {
  return finding('problem', text, reference)
}

function finding(level: Finding['level'], text: string, reference: string | undefined): Finding {
  return reference === undefined ? { level, text } : { level, text, reference }
}
