// Novu's own bridge with one workflow, whose steps say what the JSON in WORKFLOW has for them; a step without content is skipped.
// Prints the port on which it listens.
import http from 'node:http'
import { Client, NovuRequestHandler, workflow } from '@novu/framework'

const given = JSON.parse(process.env.WORKFLOW)

async function run({ step }) {
  for (const [type, name] of Object.entries({ in_app: 'inApp', email: 'email', sms: 'sms', push: 'push', chat: 'chat' })) {
    const isHtml = type === 'in_app' || type === 'email'
    await step[name](type, async () => given.content[type], {
      skip: () => given.content[type] === undefined,
      ...(isHtml ? { disableOutputSanitization: true } : {})
    })
  }
}

const made = workflow(given.workflowId, run, {
  name: given.name,
  description: given.description,
  tags: given.tags,
  preferences: { all: { enabled: true, readOnly: false }, channels: {} },
  payloadSchema: { type: 'object', properties: { delivery: { type: 'string' } }, additionalProperties: true }
})
const handle = new NovuRequestHandler({
  frameworkName: 'node',
  workflows: [made],
  client: new Client({ secretKey: process.env.SECRET_KEY, strictAuthentication: true }),
  handler: (request, response) => ({
    body: () => request.body,
    headers: (name) => request.headers[name],
    method: () => request.method,
    url: () => new URL(request.url, 'http://localhost'),
    queryString: (name, url) => url.searchParams.get(name),
    transformResponse: ({ status, headers, body }) => response.writeHead(status, headers).end(body)
  })
}).createHandler()

const server = http.createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  request.body = text === '' ? {} : JSON.parse(text)
  await handle(request, response)
})
console.log = () => {} // the framework tells each step
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
