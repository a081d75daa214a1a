package io.jhot.supervisor;

import java.util.List;

/**
 * What an event leads to.
 *
 * @param fleet the fleet from now on
 * @param effects what the loop has to do, in this order
 */
public record Step(Fleet fleet, List<Effect> effects) {}
