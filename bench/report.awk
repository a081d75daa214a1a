# Turns samples into tables. Usage: awk -f report.awk titles samples sorted-samples
#
# titles: metric TAB title. samples: metric TAB label TAB value, in the order in which they were
# taken, which is the order of the rows. sorted-samples: the same by metric, label and number.
# The ratio is that of the medians, to the metric's first row.
BEGIN { FS = OFS = "\t" }
FNR == 1 { file++ }
file == 1 { title[$1] = $2; next }
file == 2 {
  row = $1 FS $2
  if (!($1 in rows)) metrics[++metricCount] = $1
  if (!(row in count)) label[$1, ++rows[$1]] = $2
  count[row]++
  next
}
{ value[$1 FS $2, ++seen[$1 FS $2]] = $3 }

# Three digits that matter.
function digits(x) {
  if (x >= 100) return sprintf("%.0f", x)
  if (x >= 10) return sprintf("%.1f", x)
  if (x >= 1) return sprintf("%.2f", x)
  return sprintf("%.3f", x)
}

END {
  for (m = 1; m <= metricCount; m++) {
    metric = metrics[m]
    printf "%s%-64s %9s %9s %9s %6s %7s\n", (m == 1 ? "" : "\n"), title[metric], "median", "min", "max", "n", "ratio"
    for (r = 1; r <= rows[metric]; r++) {
      row = metric FS label[metric, r]
      n = count[row]
      median = (value[row, int((n + 1) / 2)] + value[row, int(n / 2) + 1]) / 2
      if (r == 1) first = median
      printf "  %-62s %9s %9s %9s %6d %7s\n", label[metric, r], digits(median),
        digits(value[row, 1]), digits(value[row, n]), n, (first > 0 ? digits(median / first) : "-")
    }
  }
}
