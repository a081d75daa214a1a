/** Times what the launcher is made of; no part of the product. */
module io.jhot.bench {
  requires io.jhot.ffm;
}
