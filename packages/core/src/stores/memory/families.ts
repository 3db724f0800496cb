import type { IncidentFilter } from '../../contract/store.ts'
import { matchesFilter } from '../../lifecycle/credential.ts'
import type { MemoryFamily } from './family.ts'
import { SpreadMap } from './spread-map.ts'

/** The token families, by id and by subject. */
export class MemoryFamilies {
  readonly #byId = new SpreadMap<MemoryFamily>()
  readonly #bySubject = new SpreadMap<Set<MemoryFamily>>()
  readonly #next = this.#byId.walk()

  get size(): number {
    return this.#byId.size
  }

  /** A family in whatever state, until it may be forgotten. */
  get(id: string, now: number): MemoryFamily | undefined {
    const family = this.#byId.get(id)
    return family !== undefined && now < family.overAt ? family : undefined
  }

  /** The live families of a subject, oldest first. */
  list(subject: string, now: number): readonly MemoryFamily[] {
    const families = [...(this.#bySubject.get(subject) ?? [])]
    return families.filter((family) => family.isLive(now)).sort((a, b) => a.redeemedAt - b.redeemedAt)
  }

  /** The ids of the live families that an incident is about. Looks through all of them, unless it is about a subject. */
  find(filter: IncidentFilter, now: number): readonly string[] {
    const among = 'subject' in filter ? (this.#bySubject.get(filter.subject) ?? []) : this.#byId.values()
    const found = [...among].filter((family) => family.isLive(now) && matchesFilter(family.credential, filter))
    return found.map(({ credential }) => credential.id)
  }

  add(family: MemoryFamily): void {
    this.#byId.set(family.credential.id, family)
    const families = this.#bySubject.get(family.subject)
    if (families === undefined) this.#bySubject.set(family.subject, new Set([family]))
    else families.add(family)
  }

  /** Removes a token family from the list of its user's families. `get` still finds it by its id. */
  unlist(family: MemoryFamily): void {
    const families = this.#bySubject.get(family.subject)
    families?.delete(family)
    if (families?.size === 0) this.#bySubject.delete(family.subject)
  }

  #delete(family: MemoryFamily): void {
    this.#byId.delete(family.credential.id)
    this.unlist(family)
  }

  /** Looks at the next few families, round and round, and forgets those that are over. Cheap enough for each request. */
  sweepSlice(now: number, atMost: number): void {
    for (let swept = 0; swept < atMost; swept++) {
      const family = this.#next()
      if (family !== undefined && now >= family.overAt) this.#delete(family)
    }
  }

  /** Forgets all families that are over. @returns their number, and when the next one is over (epoch milliseconds) */
  sweep(now: number): { readonly count: number; readonly nextAt: number } {
    const before = this.size
    let nextAt = Number.POSITIVE_INFINITY
    for (const family of this.#byId.values()) {
      if (now >= family.overAt) this.#delete(family)
      else nextAt = Math.min(nextAt, family.overAt)
    }
    return { count: before - this.size, nextAt }
  }
}
