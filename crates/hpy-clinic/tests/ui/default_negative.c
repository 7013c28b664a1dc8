/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
m.f
    a: size_t = -1
[clinic start generated code]*/
