// Node's decoders. Lines `DECODER<TAB>hex of UTF-8` in, `ok<TAB>hex` or `error<TAB>words` out; see decoders.py.
import querystring from "node:querystring";
import readline from "node:readline";

const decoders = new Map([
  ["decodeURIComponent", decodeURIComponent],
  ["decodeURI", decodeURI],
  ["unescape", unescape],
  ["querystring.unescape", querystring.unescape],
  ["querystring.parse", (text) => querystring.parse(`v=${text}`).v],
  ["URLSearchParams", (text) => new URLSearchParams(`v=${text}`).get("v")],
  ["new URL", (text) => {
    const { protocol, host, search } = new URL(text);
    return [protocol.slice(0, -1), host, search.slice(1)].join(" "); // without the colon and the question mark
  }],
  ["new URL().searchParams", (text) => new URL(`demo://a?v=${text}`).searchParams.get("v")],
]);

if (process.argv.length > 2) console.log(`Node ${process.versions.node}`);
else {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [name, hexadecimal] = line.split("\t");
    try {
      const decoded = decoders.get(name)(Buffer.from(hexadecimal, "hex").toString());
      console.log(`ok\t${Buffer.from(decoded).toString("hex")}`);
    } catch (error) {
      console.log(`error\t${error.constructor.name}`);
    }
  }
}
