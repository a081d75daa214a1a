/** picocli, compiled from its released sources. */
module info.picocli {
  exports picocli;
}
