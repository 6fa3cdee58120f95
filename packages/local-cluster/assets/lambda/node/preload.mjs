// What a gate loads while it waits for the function: everything that index.mjs needs, without starting it.
import "./console.mjs";
import "./context.mjs";
import "./errors.mjs";
import "./handler.mjs";
import "./runtime-api.mjs";
import "./streaming.mjs";
