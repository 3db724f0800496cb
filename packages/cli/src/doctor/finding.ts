/** One line of a diagnosis. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem'
  readonly text: string
  /** The section of the RFC, as `RFC 8628 section 3.2`. */
  readonly reference?: string
}

/** A point that conforms to the RFCs, or a remark. */
export function ok(text: string, reference?: string): Finding {
  return finding('ok', text, reference)
}

/** A deviation that clients can live with. */
export function warning(text: string, reference?: string): Finding {
  return finding('warning', text, reference)
}

/** A deviation that breaks clients or endangers their users. */
export function problem(text: string, reference?: string): Finding {
  return finding('problem', text, reference)
}

function finding(level: Finding['level'], text: string, reference: string | undefined): Finding {
  return reference === undefined ? { level, text } : { level, text, reference }
}
