/** A JSON schema, as far as bodies and answers here need one. */
export interface OpenApiSchema {
  readonly type: 'object' | 'string' | 'integer' | 'boolean' | 'array'
  readonly description?: string
  readonly enum?: readonly string[]
  readonly items?: OpenApiSchema
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly required?: readonly string[]
}

/** The schema of a body, by its media type. */
export type OpenApiContent = Readonly<Record<string, { readonly schema: OpenApiSchema }>>

/** An answer of OpenAPI 3. */
export interface OpenApiResponse {
  readonly description: string
  readonly content?: OpenApiContent
}

/** A parameter in the address. */
export interface OpenApiParameter {
  readonly name: string
  readonly in: 'query'
  readonly required: true
  readonly description: string
  readonly schema: OpenApiSchema
}

/** An HTTP method, as OpenAPI writes it. */
export type OpenApiMethod = 'get' | 'post' | 'put' | 'delete'

/**
 * An operation of OpenAPI 3.
 * @see {@link https://spec.openapis.org/oas/v3.0.3#operation-object OpenAPI 3.0, operation object}
 */
export interface OpenApiOperation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  /** Security schemes by name; one of the list is enough, and `{}` stands for none. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly OpenApiParameter[]
  readonly requestBody?: { readonly required: true; readonly content: OpenApiContent }
  readonly responses: Readonly<Record<number, OpenApiResponse>>
}

/**
 * A document of OpenAPI 3.0.
 * @see {@link https://spec.openapis.org/oas/v3.0.3#openapi-object OpenAPI 3.0, OpenAPI object}
 */
export interface OpenApiDocument {
  readonly openapi: '3.0.3'
  readonly info: { readonly title: string; readonly version: string }
  /** The issuer, below which the paths are. */
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<OpenApiMethod, OpenApiOperation>>>>>
  readonly components: { readonly securitySchemes: Readonly<Record<string, object>> }
}
