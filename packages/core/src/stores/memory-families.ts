import type { IncidentFilter } from '../contract/store.ts'
import type { MemoryFamily } from './memory-family.ts'
import { matchesFilter } from './memory-filter.ts'

/** The redeemed grants, by id and by subject. */
export class MemoryFamilies {
  readonly #byId = new Map<string, MemoryFamily>()
  readonly #bySubject = new Map<string, Set<MemoryFamily>>()
  #cursor: Iterator<MemoryFamily> = this.#byId.values()

  get size(): number {
    return this.#byId.size
  }

  /** Whatever its state, as long as somebody has to know of it. */
  get(id: string, now: number): MemoryFamily | undefined {
    const grant = this.#byId.get(id)
    return grant !== undefined && now < grant.overAt ? grant : undefined
  }

  /** Live ones, oldest first. */
  list(subject: string, now: number): readonly MemoryFamily[] {
    const grants = [...(this.#bySubject.get(subject) ?? [])]
    return grants.filter((grant) => grant.alive(now)).sort((a, b) => a.redeemedAt - b.redeemedAt)
  }

  /** Looks through all of them, but for a subject's. */
  find(filter: IncidentFilter, now: number): readonly string[] {
    const among = 'subject' in filter ? (this.#bySubject.get(filter.subject) ?? []) : this.#byId.values()
    const found = [...among].filter((grant) => grant.alive(now) && matchesFilter(grant.credential, filter))
    return found.map(({ credential }) => credential.id)
  }

  add(grant: MemoryFamily): void {
    this.#byId.set(grant.credential.id, grant)
    const grants = this.#bySubject.get(grant.subject)
    if (grants === undefined) this.#bySubject.set(grant.subject, new Set([grant]))
    else grants.add(grant)
  }

  /** Takes a grant off its user's list; it stays known by its id. */
  unlist(grant: MemoryFamily): void {
    const grants = this.#bySubject.get(grant.subject)
    grants?.delete(grant)
    if (grants?.size === 0) this.#bySubject.delete(grant.subject)
  }

  #delete(grant: MemoryFamily): void {
    this.#byId.delete(grant.credential.id)
    this.unlist(grant)
  }

  /** Forgets what is over among the next few, round and round: what a request can pay for. */
  sweepSlice(now: number, atMost: number): void {
    for (let swept = 0; swept < atMost; swept++) {
      const next = this.#cursor.next()
      if (next.done === true) {
        this.#cursor = this.#byId.values()
        return
      }
      if (now >= next.value.overAt) this.#delete(next.value)
    }
  }

  /** Forgets all that is over; answers how many went, and when the next will be over (epoch milliseconds). */
  sweep(now: number): { readonly count: number; readonly nextAt: number } {
    const before = this.size
    let nextAt = Number.POSITIVE_INFINITY
    for (const grant of this.#byId.values()) {
      if (now >= grant.overAt) this.#delete(grant)
      else nextAt = Math.min(nextAt, grant.overAt)
    }
    return { count: before - this.size, nextAt }
  }
}
