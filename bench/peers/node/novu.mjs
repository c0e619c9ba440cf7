// Posting to Novu over connections that are kept, with undici, the fastest client that Node has.
import { Pool } from "undici";

const headers = { authorization: "ApiKey bench", "content-type": "application/json" };

export function connect(connections) {
  const pool = new Pool(process.env.NOVU_API_URL, { connections });
  return async function post(path, body) {
    const answer = await pool.request({ method: "POST", path, headers, body: JSON.stringify(body) });
    const told = await answer.body.json();
    if (answer.statusCode !== 201) throw new Error(`Novu answered ${answer.statusCode}`);
    return told.data;
  };
}
