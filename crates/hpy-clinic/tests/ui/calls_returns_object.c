/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
@calls f
m.f
[clinic start generated code]*/
