// Starts Swagger UI on this server's own document, made ready for trying.

const HOW = `**To try it:** press **Authorize** and paste an access token. \`sharehold demo\` prints one for each of its people,
\`sharehold token mint\` makes any other, and sites and apps get theirs from an authorization server that this one trusts.
Then open an operation, **Try it out**, **Execute**. The token is kept in this page only, and is gone with it.
The document behind this page: [/openapi.json](/openapi.json).`;

function forTrying(spec) {
  // Under whatever name the page was reached, it asks the server that it came from.
  spec.servers = [{ url: window.location.origin }];
  spec.info.description = `${HOW}\n\n${spec.info.description}`;
  delete spec.info.license;
  // Errors are all of one shape, which the description shows: once is enough.
  for (const operation of Object.values(spec.paths).flatMap(Object.values)) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (status >= 400) delete response.content;
    }
  }
  return spec;
}

// What is pasted is a secret: no browser is to remember it or send it to a spelling service. The first box, not the last,
// waits for it.
const careful = (Input, { React }) => (props) => React.createElement(Input, {
  ...props, autoComplete: 'off', spellCheck: false, autoFocus: props.id === 'auth-bearer-value',
});

async function start() {
  const answer = await fetch('/openapi.json');
  if (!answer.ok) {
    document.getElementById('explorer').textContent = `The document was not to be had (${answer.status}). Reload the page in a moment.`;
    return;
  }
  SwaggerUIBundle({
    domNode: document.getElementById('explorer'),
    spec: forTrying(await answer.json()),
    plugins: [{ wrapComponents: { Input: careful } }],
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: -1,
    defaultModelExpandDepth: 2,
    displayRequestDuration: true,
    persistAuthorization: false,
    validatorUrl: null,
  });
}

start();
