// dt-sql-parser imports folders and files without their suffix, as bundlers allow and Node does not.
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    for (const end of ['.js', '/index.js']) {
      try {
        return await next(specifier + end, context);
      } catch {
        // the next one
      }
    }
    throw error;
  }
}
