// `npm test` starts here, so that an older Node says what is missing and does not stumble over TypeScript.
const NEEDED = 26;

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  console.error(
    `the tests need Node ${NEEDED}, and this is ${process.version}: 'npm ci' brings it, unless optional dependencies are ` +
      'left out or there is none for this machine; then install the version in .node-version',
  );
  process.exit(1);
}
await import('./test-run.ts');
