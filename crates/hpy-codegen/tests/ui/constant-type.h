/** A number. */
HPy_ID(0, since=0.0) int h_Number;
