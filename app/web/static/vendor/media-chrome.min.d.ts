// Custom elements, used by their names: nothing is imported.
export {};
