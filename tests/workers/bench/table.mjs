// Markdown tables.

/** Prints a table under a title. */
export function print(title, head, rows) {
  console.log(`\n### ${title}\n\n| ${head.join(" | ")} |\n|${head.map(() => "---").join("|")}|`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}
