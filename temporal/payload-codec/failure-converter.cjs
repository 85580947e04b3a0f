// Loaded by path, by workers and inside the workflow bundle: therefore CommonJS.
const {DefaultFailureConverter} = require('@temporalio/common');

/** Messages and stack traces go into a payload, which the codec then encrypts. */
exports.failureConverter = new DefaultFailureConverter({encodeCommonAttributes: true});
