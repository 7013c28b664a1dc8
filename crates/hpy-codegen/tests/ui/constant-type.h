/** A number. */
HPy_ID(0) int h_Number;
