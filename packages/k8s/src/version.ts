// tsup replaces this name with the package's version; sources run without a build have none.
declare const __FC_K8S_VERSION__: string | undefined;

/** For the User-Agent. */
export const version: string = typeof __FC_K8S_VERSION__ === "string" ? __FC_K8S_VERSION__ : "0.0.0-source";
