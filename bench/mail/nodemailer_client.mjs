// Sends MAILS mails over a pool of CONNECTIONS and prints the seconds.
// usage: node nodemailer_client.mjs FOLDER_OF_NODE_MODULES PORT MAILS CONNECTIONS
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, port, mails, connections] = process.argv.slice(2);
const nodemailer = createRequire(`${folder}/`)("nodemailer");
const mail = JSON.parse(readFileSync(new URL("mail.json", import.meta.url)));
const pool = nodemailer.createTransport({
  host: "127.0.0.1",
  port: Number(port),
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Infinity,
  ignoreTLS: true,
});

let left = Number(mails);
async function send() {
  while (left-- > 0) {
    await pool.sendMail({
      from: { name: mail.name, address: mail.from },
      to: { name: mail.name, address: mail.to },
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
    });
  }
}

const started = process.hrtime.bigint();
// Always one mail waiting for each connection.
await Promise.all(Array.from({ length: 2 * connections }, send));
console.log(Number(process.hrtime.bigint() - started) / 1e9);
pool.close();
