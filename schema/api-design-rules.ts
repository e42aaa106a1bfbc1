/** How the served API stands to the Dutch API Design Rules: followed, or why not. For schema/README.md. */
export const API_DESIGN_RULES = `## The API and the API Design Rules

\`openapi.json\` describes the API that is served; it is made from the routes. Clients of Open Notificaties and the ZGW
standard come before the [API Design Rules](https://logius-standaarden.github.io/API-Design-Rules/): comply or explain.
\`test/http/api-design-rules.test.ts\` checks what can be checked on the document.

| Rule | | How, or why not |
|---|---|---|
| \`/core/no-trailing-slash\` | yes | No path of the document ends in a slash; one is accepted, without a redirect. |
| \`/core/http-methods\` | yes | GET, POST, PUT, PATCH and DELETE; others are 405 with \`Allow\`, OPTIONS tells what there is. |
| \`/core/doc-openapi\`, \`/core/publish-openapi\` | yes | OpenAPI 3.0.3 at \`/api/v1/openapi.json\` and \`.yaml\`, readable by scripts of every origin (CORS). |
| \`/core/uri-version\`, \`/core/version-header\`, \`/core/semver\` | yes | \`/api/v1\`, and \`API-version: 1.0.0\` on every answer: the version of the standard, not of Bode. |
| \`/core/problem-details\` | yes | Every error is \`application/problem+json\`, its \`type\` a page that says what to do. |
| \`/core/transport/security-headers\` | yes | \`Cache-Control: no-store\`, \`Content-Security-Policy\`, \`X-Content-Type-Options\`, \`X-Frame-Options\`; \`Strict-Transport-Security\` when the request came over TLS. |
| \`/core/transport/tls\` | explain | TLS ends at the proxy in front (\`http.trustProxy\`). |
| \`/core/transport/cors\` | explain | Only the OpenAPI document is for browsers; the API is for servers. |
| \`/core/naming-resources\`, \`/core/naming-collections\` | explain | \`/kanaal\` and \`/abonnement\` are singular in the standard. |
| \`/core/interface-language\` | yes | Dutch, as in the standard; \`auth\`, \`callbackUrl\` and the members for CloudEvents are its own English words. |
| status of missing credentials | explain | 403, never 401: Open Notificaties answers so and clients rely on it. |
| \`problem-schema-members\` | explain | \`code\` and \`invalidParams\` are members that the standard demands. |
| \`info-contact\` | explain | no contact in the document: whom to ask differs per municipality that runs it. |
| \`servers-use-https\` | explain | the server is relative (\`/api/v1\`), so that the document is right wherever it is served. |
`
