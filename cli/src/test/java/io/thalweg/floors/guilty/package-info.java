/** Code that breaks the rules on purpose, so that the tests of the rules can be seen to fail. */
@NullMarked
package io.thalweg.floors.guilty;

import org.jspecify.annotations.NullMarked;
