/** Makes the key the latest of the map, and drops the oldest key beyond the capacity. */
export const setLatest = <K, V>(map: Map<K, V>, key: K, value: V, capacity: number): void => {
  map.delete(key)
  map.set(key, value)
  const oldest = map.size > capacity ? map.keys().next() : undefined
  if (oldest !== undefined && oldest.done === false) {
    map.delete(oldest.value)
  }
}
