/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
@calls
m.f -> int
[clinic start generated code]*/
