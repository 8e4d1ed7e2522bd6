#!/usr/bin/env node
// Checks the Node version in words that any Node understands, then hands over.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `opensauced-migrate needs Node.js 22.18 or newer; this is ${process.version}. Install a newer one: https://nodejs.org\n`,
  );
  process.exitCode = 2;
} else {
  await start();
}

async function start() {
  let cli;
  try {
    cli = await import("../dist/cli/main.js");
  } catch (error) {
    if (
      error?.code !== "ERR_MODULE_NOT_FOUND" ||
      !String(error.url).endsWith("/dist/cli/main.js")
    ) {
      throw error;
    }
    process.stderr.write("opensauced-migrate is not built yet. Run: ./scripts/setup.sh\n");
    process.exitCode = 2;
    return;
  }
  process.exitCode = await cli.main(process.argv.slice(2));
}
