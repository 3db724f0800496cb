import { createServer } from 'node:http'
import express from 'express'
import { answerLean, createLeanRecords, readBody } from './pending.js'

export async function start(codes) {
  const { records, list } = createLeanRecords(codes)
  const app = express()
  app.disable('x-powered-by')
  app.use((req, res, next) => {
    if (req.method !== 'POST' || req.url !== '/token') return next()
    readBody(req, (text) => answerLean(records, text, res))
  })
  return { server: createServer(app), list }
}
