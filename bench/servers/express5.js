import express from 'express'
import { expressKinds } from './express-kinds.js'

export const { lean, usual, ours } = expressKinds(express)
