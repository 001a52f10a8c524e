export { type ExampleDocument, exampleDocument, exampleFaults } from "./examples.ts";
