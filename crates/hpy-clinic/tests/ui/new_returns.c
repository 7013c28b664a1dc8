/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
m.C.__new__ -> int
[clinic start generated code]*/
