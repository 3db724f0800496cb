/** The words of a scope. */
export function scopesIn(scope: string | undefined): readonly string[] {
  return (scope ?? '').split(' ').filter((name) => name !== '')
}

export function isSubset(some: readonly string[], all: readonly string[]): boolean {
  return some.every((word) => all.includes(word))
}

/** True if two scopes have the same words. Their order has no meaning. */
export function sameScope(one: string | undefined, other: string): boolean {
  return one !== undefined && isSubset(scopesIn(one), scopesIn(other)) && isSubset(scopesIn(other), scopesIn(one))
}
