import { createServer } from 'node:http'
import { answerLean, createLeanRecords, readBody } from './pending.js'

export async function start(codes) {
  const { records, list } = createLeanRecords(codes)
  const server = createServer((req, res) => readBody(req, (text) => answerLean(records, text, res)))
  return { server, list }
}
