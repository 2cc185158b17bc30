// A mini-program without a phone: it runs samples of docs/mini-program.md through as much of the wx API as
// they use, and tells what came of it. Node 18 or newer, nothing else.
//
// in, on stdin   {given, common, steps: [{sample, code, args?, fresh?, lose?, spell?, scan?}]}
// out, on stdout [{sample, data, error?, calls: [{method, path, status, replayed, lost}]}], one of each step
//
// given are the names that samples may use (api, token, ...), common is the code before each of them. A step
// with args hands its own names over; fresh opens the page anew, with an empty storage when it says "storage";
// lose drops the first answer to every POST after the server gave it; spell "http2" shows headers in small letters, as
// phones do over HTTP/2; scan is what the camera reads. A timer that a sample sets with setInterval goes off once,
// after the sample.
'use strict'
const fs = require('node:fs')
const path = require('node:path')

const storage = new Map()
const copy = v => v === undefined ? undefined : JSON.parse(JSON.stringify(v))
let step, calls

// answered performs a request whole; then it is told, or gets lost on the way back.
async function answered(api, options, kind) {
  const call = { method: options.method, path: options.url.slice(api.length) }
  calls.push(call)
  try {
    const r = await fetch(options.url, options)
    const text = await r.text()
    call.status = r.status
    call.replayed = r.headers.get('idempotency-replayed') === 'true'
    call.lost = Boolean(step.lose) && call.method === 'POST' && calls.findIndex(c => c.path === call.path) === calls.length - 1
    if (call.lost) throw new Error('timeout')
    const header = {}
    for (const [name, value] of r.headers) {
      header[step.spell === 'http2' ? name : name.replace(/(^|-)[a-z]/g, c => c.toUpperCase())] = value
    }
    return { statusCode: r.status, header, data: text, errMsg: `${kind}:ok` }
  } catch (e) {
    throw { errMsg: `${kind}:fail ${e.message}` }
  }
}

// settle calls back, as the platform does; every status is a success to it.
function settle(promise, o) {
  promise.then(r => { o.success?.(r); o.complete?.(r) }, e => { o.fail?.(e); o.complete?.(e) })
}

const platform = api => ({
  request(o) {
    const method = o.method || 'GET'
    if (!['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'].includes(method)) throw new Error(`request:fail invalid method "${method}"`)
    if (method === 'GET' && o.data !== undefined) throw new Error('this platform is not asked with queries in data')
    const body = o.data === undefined ? undefined : typeof o.data === 'string' ? o.data : JSON.stringify(o.data)
    const headers = { 'content-type': 'application/json', ...o.header }
    settle(answered(api, { url: o.url, method, headers, body }, 'request').then(r => {
      try { return { ...r, data: JSON.parse(r.data) } } catch { return r }
    }), o)
  },
  uploadFile(o) {
    const form = new FormData()
    form.append(o.name, new Blob([fs.readFileSync(o.filePath)], { type: 'image/jpeg' }), path.basename(o.filePath))
    for (const [name, value] of Object.entries(o.formData || {})) form.append(name, value)
    settle(answered(api, { url: o.url, method: 'POST', headers: o.header, body: form }, 'uploadFile'), o) // its data stays text
  },
  getStorageSync: key => storage.has(key) ? copy(storage.get(key)) : '',
  setStorageSync: (key, value) => { storage.set(key, copy(value)) },
  scanCode: async () => ({ result: step.scan, scanType: 'QR_CODE', charSet: 'UTF-8', errMsg: 'scanCode:ok' }),
})

async function main() {
  const { given, common, steps } = JSON.parse(fs.readFileSync(0, 'utf8'))
  const wx = platform(given.api)
  const Async = (async () => {}).constructor
  const results = []
  let page
  for (step of steps) {
    if (step.fresh === 'storage') storage.clear()
    if (step.fresh || !page) page = { data: {}, setData(change) { Object.assign(this.data, copy(change)) } }
    calls = []
    const timers = []
    const names = { wx, setInterval: tick => timers.push(tick), ...given, ...step.args }
    const result = { sample: step.sample, calls }
    try {
      await Async(...Object.keys(names), `'use strict';\n${common}\n${step.code}`).apply(page, Object.values(names))
      for (const tick of timers) await tick()
    } catch (e) {
      result.error = e instanceof Error ? { message: e.stack } : e
    }
    results.push({ ...result, data: copy(page.data) })
  }
  process.stdout.write(JSON.stringify(results))
}

main()
