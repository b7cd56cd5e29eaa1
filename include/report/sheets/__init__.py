"""The sheets of the compliance workbook, one module a sheet or a family of them; each takes the paper and what was gathered."""
