/** The checkers of histories are checked: clean histories pass, and each kind of violation is found. */
@NullMarked
package io.thalweg.testkit.history;

import org.jspecify.annotations.NullMarked;
