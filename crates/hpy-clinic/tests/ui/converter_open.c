/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
m.f
    a: str(zeroes=True
[clinic start generated code]*/
