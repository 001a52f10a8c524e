// Paths of its own, so that the page also works in a folder of a site.
export default { base: "./", build: { target: "es2022", modulePreload: false } };
