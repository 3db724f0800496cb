import { DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE } from '@device-auth/core'
import { vi } from 'vitest'
import { type FetchDocument, type FetchedDocument, withMetadataDocuments } from '../../src/index.ts'
import type { MetadataDocumentsOptions } from '../../src/metadata-documents/with-metadata-documents.ts'
import { start } from '../server.ts'

export const id = 'https://tool.example/device-client'
export const minute = 60_000

/** The document of the client {@link id}, with changes; `undefined` leaves a member out. */
export function documentOf(changes: Readonly<Record<string, unknown>> = {}): object {
  return {
    client_id: id,
    client_name: 'Tool',
    token_endpoint_auth_method: 'none',
    grant_types: [DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE],
    ...changes,
  }
}

/** An answer with the status 200. */
export function answered(document: unknown, headers: FetchedDocument['headers'] = {}): FetchedDocument {
  return { status: 200, headers, text: JSON.stringify(document) }
}

/** Finds clients whose documents come from a function, at a time that a test moves. */
export function finder(fetchDocument: FetchDocument, options: MetadataDocumentsOptions = {}) {
  const fetching = vi.fn(fetchDocument)
  const refused: string[] = []
  const scene = { now: start }
  const find = withMetadataDocuments([], {
    fetchDocument: fetching,
    clock: () => scene.now,
    onRefused: (_clientId, reason) => void refused.push(reason),
    scope: 'profile',
    ...options,
  })
  return Object.assign(scene, { find, fetching, refused })
}
