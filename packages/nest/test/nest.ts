// All of one major of Nest, with the module on top of it: imported as nest10, nest11 and nest12 (vitest.config.ts).
import 'reflect-metadata'

export * as common from '@nestjs/common'
export * as core from '@nestjs/core'
export * as eventEmitter from '@nestjs/event-emitter'
export { ExpressAdapter } from '@nestjs/platform-express'
export { FastifyAdapter } from '@nestjs/platform-fastify'
export * as swagger from '@nestjs/swagger'
export * from '../src/index.ts'
