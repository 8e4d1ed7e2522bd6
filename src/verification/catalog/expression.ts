export function sameExpression(source: string, target: string): boolean {
  return source === target;
}
